/** Data sets that pretrain, finetune, evaluate and compare know how to prepare. */
export const tableNames = ['spambase', 'dna-splice', 'mnist-10k'] as const;
