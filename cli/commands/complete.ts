import { type Command, command } from "../shared/command.ts";
import { quote, UsageError } from "../shared/errors.ts";
import { printedBy } from "../shared/printed-by.ts";

const SHELLS = ["bash", "zsh", "fish"];

const complete: Command = command({
  description: "Print the script that completes commands and flags in a shell",
  args: {
    shell: { type: "positional", valueHint: SHELLS.join(" | "), choices: SHELLS, description: "The shell" },
  },
  examples: [
    "source <(anon complete bash)",
    "source <(anon complete zsh)",
    "anon complete fish > ~/.config/fish/completions/anon.fish",
  ],
  run: async ({ shell }, { out }) => {
    if (!SHELLS.includes(shell)) {
      throw new UsageError(`Cannot complete in the shell ${quote(shell)}: use ${SHELLS.join(", ")}`);
    }
    const { script } = await import("@bomb.sh/tab");
    const text = printedBy(() => script(shell, "anon", "anon"));
    await out.result({ script: text }, () => text);
  },
});

export default complete;
