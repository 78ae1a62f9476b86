/** The JSON that page, worker and engine exchange; `layerlab.session` is the other side. */

export type Language = "ko" | "en";
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** One thing a reader (or the page's author) did. The engine owns the fields beyond these. */
export interface Action {
  readonly type: string;
  readonly block: string;
  readonly text?: string;
  readonly line?: string;
  readonly [field: string]: Json | undefined;
}

/** A session as its list of actions. Replaying it gives the host. */
export interface SessionDocument {
  readonly schema: number;
  readonly engine: string;
  readonly start: { readonly lab: string; readonly hash: string; readonly [field: string]: Json };
  readonly actions: readonly Action[];
}

export interface Fragment {
  readonly html: string;
  readonly hash: string;
}

export interface Fix {
  readonly title: string;
  readonly edits: readonly LineEdit[];
}

/** Lines `line`…`endLine` (from 1, both included) are replaced by `text`. */
export interface LineEdit {
  readonly line: number;
  readonly endLine: number;
  readonly text: string;
}

/** Lines count from 1, columns from 0 in code points. */
export interface Problem {
  readonly line: number;
  readonly endLine: number;
  readonly column: number;
  readonly endColumn: number;
  readonly severity: "error" | "warning" | "advice";
  readonly code: string;
  readonly message: string;
  /** In the reader's language; empty where there is none. */
  readonly explanation?: string;
  readonly fix: Fix | null;
}

export type Method = "open" | "edit" | "commit" | "command" | "touch" | "option" | "reset" | "complete" | "compare" | "read" | "import" | "export" | "link" | "unlink" | "render";

export interface Request {
  readonly v: 1;
  readonly method: Method;
  readonly lang: Language;
  /** `read` and `unlink` are about none. */
  readonly document: SessionDocument | null;
  readonly block: string;
  readonly prefix: string;
  readonly views: readonly string[];
  readonly known: Readonly<Record<string, string>>;
  readonly text?: string;
  readonly line?: string;
  readonly offset?: number;
  /** `touch`: a file of the build context; `entry` is null to delete it. */
  readonly path?: string;
  readonly entry?: { readonly [field: string]: Json } | null;
  /** `option`: one of the build's options. `import`: the file's name. */
  readonly name?: string;
  readonly value?: Json;
  /** `compare`: the other block; `path` is the file whose edit is tried. */
  readonly other?: string;
  /** `unlink`: the fragment of a URL. */
  readonly link?: string;
  /** What the reader went back from; only the timeline shows it. */
  readonly ahead?: readonly Action[];
  /** `compare`: numbers of two builds in the timeline, from 1. */
  readonly builds?: readonly [number, number];
  /** `export`: which archive; or whether one could be had at all. With `path`, a file of the block's terminal. */
  readonly form?: "docker" | "oci";
  readonly check?: boolean;
}

/** The answer to `read`: the fragment `reading`, and a Dockerfile where the text was a history. */
export interface ReadHistory {
  readonly ok: true;
  readonly fragments: Readonly<Record<string, Fragment>>;
  readonly status: "ok" | "invalid";
  readonly dockerfile: string | null;
  readonly announce: string;
}

/** An image that an archive brought. */
export interface LoadedImage {
  readonly names: readonly string[];
  /** What `FROM` finds it under. */
  readonly from: string;
  readonly layers: number;
  /** Its layers' bytes, and the same in Docker's digits. */
  readonly size: number;
  readonly shown: string;
}

/** The answer to `export`; `data` comes beside the JSON, and not with `check`. */
export interface Exported {
  readonly ok: true;
  readonly image?: string;
  readonly file?: string;
  readonly remarks?: readonly string[];
  readonly data?: Uint8Array<ArrayBuffer>;
}

/** The answer to `link`. */
export interface Linked {
  readonly ok: true;
  readonly link: string;
}

/** The answer to `complete`: whole words that may stand from `start` on. */
export interface Completed {
  readonly ok: true;
  readonly start: number;
  readonly candidates: readonly string[];
}

/** First and last line of an instruction, its token, and what became of its step. */
export type Line = readonly [first: number, last: number, refs: string, status: string | null];

export interface Success {
  readonly v: 1;
  readonly id: number;
  readonly ok: true;
  readonly document: SessionDocument;
  readonly fragments: Readonly<Record<string, Fragment>>;
  readonly problems: readonly Problem[];
  readonly lines: readonly Line[];
  readonly status: "ok" | "failed" | "invalid";
  readonly announce: string;
  /** Of `import`. */
  readonly loaded?: readonly LoadedImage[];
}

export interface Needs {
  readonly v: 1;
  readonly id: number;
  readonly needs: readonly string[];
}

export interface Refusal {
  readonly v: 1;
  readonly id: number;
  readonly ok: false;
  readonly error: { readonly code: string; readonly message: string };
}

export type Reply = Success | Needs | Refusal;

/** How the worker got its Python running, best first. */
export type BootStrategy = "snapshot" | "trimmed" | "stock";

/** What the page keeps of a first start, so that a new worker fetches and compiles nothing: 4 MB besides what is compiled. */
export interface Kept {
  readonly module: WebAssembly.Module;
  readonly decoder: WebAssembly.Module;
  /** The snapshot as it travels. */
  readonly packed: Uint8Array<ArrayBuffer>;
}

/** Page to worker. */
export type ToWorker =
  | { readonly type: "boot"; readonly strategy: BootStrategy; readonly data: string; readonly kept?: Kept }
  | { readonly type: "request"; readonly id: number; readonly request: Request; readonly archive?: Blob }
  | { readonly type: "archive"; readonly name: string; readonly archive: Blob | null };

/** Worker to page. */
export type FromWorker =
  | { readonly type: "progress"; readonly loaded: number; readonly total: number }
  | { readonly type: "ready"; readonly strategy: BootStrategy; readonly milliseconds: number }
  /** The engine begins to compute for a request; until the next message of this worker it hears nothing. */
  | { readonly type: "computing"; readonly id: number; readonly archive: boolean }
  /** The engine has stopped computing: data is being fetched for it. */
  | { readonly type: "fetching"; readonly id: number }
  | { readonly type: "keep"; readonly kept: Kept }
  | { readonly type: "failed"; readonly reason: string }
  | { readonly type: "reply"; readonly id: number; readonly reply: string; readonly data?: Uint8Array<ArrayBuffer> }
  | { readonly type: "wants"; readonly id: number; readonly name: string }
  | { readonly type: "unreadable"; readonly id: number }
  | { readonly type: "dead"; readonly id: number; readonly reason: string }
  | { readonly type: "missing"; readonly id: number; readonly names: readonly string[] };

/** `manifest.json` of a runtime folder: every file with its sizes in bytes. */
export interface RuntimeManifest {
  readonly engine: string;
  readonly pyodide: string;
  readonly info: { readonly [key: string]: string };
  readonly files: Readonly<Record<string, { readonly size: number; readonly gzip: number }>>;
  readonly strategies: Readonly<Record<BootStrategy, readonly string[]>>;
}
