/** The path of a Python with PyJWT and cryptography, or null. */
export function pythonWithJwt(): string | null;
