export function findBun(): string | null;
