export { type ContractCase, guideContract, type MakeOptimizer } from './guide-contract.js';
