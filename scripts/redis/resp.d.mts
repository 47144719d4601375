export function command(port: number, args: string[]): Promise<string>;
