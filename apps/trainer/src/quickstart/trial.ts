/** What one setting reached on one draw. */
export interface Trial {
  setting: { learningRate: number; steps: number } | { l2: number };
  validationAccuracy: number;
  testAccuracy: number;
  testRocAuc: number;
}
