export interface Server {
  url: string;
  port: number;
  readonly pid: number;
  stop(): Promise<void>;
  kill(): Promise<void>;
  restart(): Promise<void>;
  pause(): void;
  resume(): void;
}
export interface Options {
  programs?: string;
  args?: string[];
}
export function startPostgres(
  options?: Options & { icuLocale?: string | undefined; files?: Record<string, string> },
): Promise<Server>;
export function startStandby(
  primary: { port: number },
  options?: Options,
): Promise<Server & { promote(): Promise<unknown> }>;
