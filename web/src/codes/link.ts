// Whether a text may be opened as a link: http and https only.
export const isLink = (text: string): boolean => /^https?:\/\/\S+$/i.test(text) && URL.canParse(text);
