import { seededRandom } from '@warmstart/random';

const geneCount = 300;
const project = 'SYN000001';

/** A made-up study in recount3's layout: gene sums, quality metadata and sequence metadata. */
export function syntheticRecount3(seed: number, sampleCount: number): Record<string, string> {
  const random = seededRandom(seed, 'synthetic recount3');
  const samples = Array.from({ length: sampleCount }, (_, i) => `SYNR${String(i).padStart(6, '0')}`);
  const depth = samples.map(() => 0.5 + random());
  const sums = Array.from({ length: geneCount }, () => {
    const silent = random() < 0.4;
    const mean = silent ? 0 : 10 ** (2 + 4 * random());
    return depth.map((d) => (random() < 0.2 ? 0 : Math.round(mean * d * (0.5 + random()))));
  });
  const folder = 'human/data_sources/sra';
  const place = (kind: string) => `${folder}/${kind}/01/${project}`;
  const rows = sums.map(
    (values, gene) => `ENSGSYN${String(gene).padStart(8, '0')}.1\t${values.join('\t')}\n`,
  );
  const table = (header: string, row: (sample: string, i: number) => (string | number)[]) =>
    `${header.replaceAll(' ', '\t')}\n${samples.map((sample, i) => [900_000 + i, sample, project, ...row(sample, i)].join('\t')).join('\n')}\n`;
  const annotation = sums.map((_, gene) => {
    const start = 1 + 5000 * gene;
    const id = `ENSGSYN${String(gene).padStart(8, '0')}.1`;
    return `chrSYN\tSYNTHETIC\tgene\t${start}\t${start + 2999}\t${1000 + gene}\t${gene % 2 === 0 ? '+' : '-'}\t.\tgene_id "${id}"; gene_type "synthetic"; gene_name "SYN${gene}";\n`;
  });
  const auc = samples.map((_, i) => sums.reduce((sum, values) => sum + (values[i] as number), 0));
  return {
    'human/annotations/gene_sums/human.gene_sums.G026.gtf': annotation.join(''),
    [`${place('gene_sums')}/sra.gene_sums.${project}.G026`]: `##annotation=SYNTHETIC\n##date.generated=2020-01-01\ngene_id\t${samples.join('\t')}\n${rows.join('')}`,
    [`${place('metadata')}/sra.recount_qc.${project}.MD`]: table(
      'rail_id external_id study bc_auc.all_reads_all_bases star.all_mapped_reads star.average_mapped_length',
      (_, i) => [auc[i] as number, Math.round((auc[i] as number) / 100), '100.00'],
    ),
    [`${place('metadata')}/sra.recount_seq_qc.${project}.MD`]: table(
      'rail_id external_id study min_len max_len avg_len #bases %A',
      (_, i) => [100, 100, '100.00', auc[i] as number, '25.0'],
    ),
    [`${place('metadata')}/sra.sra.${project}.MD`]: table(
      'rail_id external_id study library_layout study_title',
      () => ['single', 'a synthetic "study", made up'],
    ),
  };
}
