/** The dead links below a folder of pages, as "page: link". */
export function deadLinks(folder: string): string[];
