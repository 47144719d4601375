import type { HeaderWriter } from "../contract/visitor.ts";

/**
 * The headers of a response that is not made yet. `Headers` would check and copy every value, and a server copies them
 * once more.
 */
export class HeaderFields implements HeaderWriter {
  /** By names in lower case; only `set-cookie` is an array. */
  readonly fields: Record<string, string | string[]>;

  constructor(own: Readonly<Record<string, string | string[] | undefined>> = {}) {
    this.fields = {};
    for (const name of Object.keys(own)) if (own[name] !== undefined) this.fields[name.toLowerCase()] = own[name];
  }

  get(name: string): string | null {
    const value = this.fields[name.toLowerCase()];
    return value === undefined ? null : String(value);
  }

  set(name: string, value: string): void {
    this.fields[name.toLowerCase()] = value;
  }

  append(name: string, value: string): void {
    const key = name.toLowerCase();
    if (key === "set-cookie") this.fields[key] = [...this.getSetCookie(), value];
    else this.fields[key] = this.fields[key] === undefined ? value : `${this.fields[key]}, ${value}`;
  }

  delete(name: string): void {
    delete this.fields[name.toLowerCase()];
  }

  getSetCookie(): string[] {
    return [this.fields["set-cookie"] ?? []].flat();
  }
}
