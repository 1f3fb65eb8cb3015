/**
 * What the page may do: run its own scripts and WebAssembly, talk to its own origin, and nothing else. It is in the
 * page, so that it holds wherever the page is served from, and in the server's headers, which workers go by.
 */
export const contentSecurityPolicy = [
  "default-src 'self'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self' blob:",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "connect-src 'self' blob: data:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');
