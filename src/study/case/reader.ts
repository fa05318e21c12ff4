/** How a case's files are read: paths as they stand in the case. Node's is `nodeReader`. */
export interface CaseReader {
  /** @param within a folder, as written in the case, that links may not lead out of */
  read(file: string, within?: string): Promise<Uint8Array>;
}
