export function query(url: string, sql: string): Promise<string>;
