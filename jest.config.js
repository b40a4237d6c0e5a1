const common = { transform: { '^.+\\.ts$': ['ts-jest', {}] } };
const onCluster = { ...common, testEnvironment: '<rootDir>/test/e2e/environment.ts' };

/** @type {import('jest').Config} */
module.exports = {
  projects: [
    { ...common, displayName: 'unit', testMatch: ['<rootDir>/test/**/*.test.ts'], testPathIgnorePatterns: ['<rootDir>/test/(e2e|judges|speed)/'] },
    { ...common, displayName: 'speed', testMatch: ['<rootDir>/test/speed/*.test.ts'] },
    { ...common, displayName: 'judges', testMatch: ['<rootDir>/test/judges/*.test.ts'] },
    { ...onCluster, displayName: 'e2e', testMatch: ['<rootDir>/test/e2e/*.test.ts'] },
    // Apart, because it takes nodes away from under the others.
    { ...onCluster, displayName: 'disruption', testMatch: ['<rootDir>/test/e2e/disruption/*.test.ts'] },
  ],
};
