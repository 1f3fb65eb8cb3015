/** Pixels row by row, red, green, blue from 0 to 255. */
export interface RgbImage {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
  /** Present where the file held other colours, whose red, green and blue depend on who converts them. */
  readonly convertedFrom?: 'cmyk';
}
