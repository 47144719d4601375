export function run(
  command: string,
  args: string[],
  options?: { cwd?: string; env?: Record<string, string | undefined>; timeoutMs?: number; show?: boolean },
): Promise<{ code: number | null; signal: string | null; output: string; stdout: string; timedOut: boolean }>;
