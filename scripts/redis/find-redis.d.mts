export function redisServerOnPath(): string | null;
export function findRedis(): { url: string } | { redisServer: string } | null;
