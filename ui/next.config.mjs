import path from 'node:path';

const repository = path.resolve(import.meta.dirname, '..');

// JavaScript on purpose: a configuration in TypeScript would be compiled, and announced on standard output, at every start.
/** @type {import('next').NextConfig} */
const config = {
  // The pages of our own http server (runtime/server.ts): no `output: 'standalone'`, no image service.
  images: { unoptimized: true },
  poweredByHeader: false,
  reactStrictMode: true,
  // TypeScript 7 has no compiler API in JavaScript; Next calls its command line instead.
  experimental: { useTypeScriptCli: true },
  outputFileTracingRoot: repository,
  turbopack: {
    root: repository,
    // What next-intl's plugin would set; the plugin looks for the file below the working directory, which is the caller's.
    resolveAlias: { 'next-intl/config': './i18n/request.ts' },
  },
};

export default config;
