export function installedPrograms(): string | null;
export function findPostgres(): { url: string } | { programs: string } | null;
