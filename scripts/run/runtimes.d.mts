export function findBun(): string | null;
export function findDeno(): string | null;
