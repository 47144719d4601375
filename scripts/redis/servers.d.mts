export interface Server {
  url: string;
  port: number;
  readonly pid: number;
  stop(): Promise<void>;
  kill(): Promise<void>;
  restart(): Promise<void>;
}
export interface ClusterServers {
  url: string;
  urls: string[];
  nodes: Omit<Server, "url">[];
  readonly pid: number;
  stop(): Promise<void>;
  kill(): Promise<void>;
  restart(): Promise<void>;
}
export function startRedis(options?: {
  redisServer?: string | undefined;
  args?: string[];
  config?: string | undefined;
}): Promise<Server>;
export function startCluster(options?: {
  masters?: number;
  redisServer?: string;
  args?: string[];
}): Promise<ClusterServers>;
