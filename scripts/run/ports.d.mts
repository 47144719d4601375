export function freePort(bus?: boolean): Promise<number>;
