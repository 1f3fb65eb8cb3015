import type { OfficialFile } from '../card.js';

/** The files of WordNet 3.0 and 3.1, with what they must be. */
export function wordnetFiles(): OfficialFile[] {
  const files = [
    ['3.0', 'data.adj', 3155426, 'f24b635368be441501c9b8001e9271fd3b30b203f00d91e332979e6f8fe35646'],
    ['3.0', 'data.adv', 516696, 'e66dbbda0e0359e41b7f225bff71dd0c263dc7c66c1b61abc9ba334973d92979'],
    ['3.0', 'data.noun', 15300280, '489f145e0f68877c0be5bd0eb4117adaaac52f38f6204eb8d85dbe2158b614cc'],
    ['3.0', 'data.verb', 2772517, '7fff397e93b4fb152fdaee116747cf1c40d7badedccb4b63f5503e8e962d9102'],
    ['3.0', 'index.adj', 824127, '42f58dda2c7cff66eb8fa55ba62e0a873a9b3f43c878e8201108f5dab6dcff28'],
    ['3.0', 'index.adv', 162816, '6f5465ed5758fe9c8a2f7ec17b1300f3aa875756c70ff7cba162f7e71bcf88ea'],
    ['3.0', 'index.noun', 4786655, 'a490d99d93d017bf4822fe2f0ffa51fd73911ce271dc7535fade21f8814b5a04'],
    ['3.0', 'index.sense', 7294043, '68b3a468cddfd8e92134b9b0624339a02a1b837159243c297c5f138a3d618392'],
    ['3.0', 'index.verb', 523980, 'c7c79b558d787f1e31c6f8b3eeadb8fcbb26a64545ecc1241e21d9b61f95ee8e'],
    ['3.1', 'data.adj', 3167437, 'ca1033bf627eb95f6cbb2864f8990be8e6a01a3c182e7d7c7094ccf8ead242cc'],
    ['3.1', 'data.adv', 520168, 'aea301f39ac1b24be9a880dbc6cc6331bc5391f58c7525a1b298a13c922f2ed3'],
    ['3.1', 'data.noun', 15325523, '2cad22fe43461ee7ae61a564ae6a518c57445c8597e53542caddb5c26a6a5d94'],
    ['3.1', 'data.verb', 2778475, 'eb1cf196dab6e1b815a1c86fa20c909fb7413b2f34250d7fe60a0fb35ef59e03'],
    ['3.1', 'index.adj', 825353, '7d2b4d4037f0571ca309ce2ebadbe860a1607d494a70cd40f9bd61bc25a57016'],
    ['3.1', 'index.adv', 162795, '0ea0811bb06eeeb973805ab0b066cb724ebc9dc01f07583582b59579a5b4a36c'],
    ['3.1', 'index.noun', 4792749, '799fad7c8084eb0f6f2a32ec737a251c85f51adb8b2603eb02bfebc4ce5ffa3d'],
    ['3.1', 'index.sense', 7304224, 'a09db263da96dbb3273064c60546530dee5927a2e5a39c90fb576cdbebbb1a22'],
    ['3.1', 'index.verb', 524435, 'e65b2d67274c8a5f9ba6f696fdc73f4546db2a138b362a3be582e3787c879c7a'],
  ] as const;
  return [
    { name: 'WNdb-3.0.tar.gz', url: 'https://wordnetcode.princeton.edu/3.0/WNdb-3.0.tar.gz', variant: '3.0' },
    { name: 'wn3.1.dict.tar.gz', url: 'https://wordnetcode.princeton.edu/wn3.1.dict.tar.gz', variant: '3.1' },
    ...files.map(([variant, name, sizeBytes, sha256]) => ({ name, sizeBytes, sha256, variant })),
  ];
}
