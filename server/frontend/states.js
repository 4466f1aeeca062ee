// The member states of ASEAN by their numbers in ISO 3166-1, as world-atlas has them, with their
// letters of two.
export const STATES = new Map([
  ["096", "BN"], ["104", "MM"], ["116", "KH"], ["360", "ID"], ["418", "LA"],
  ["458", "MY"], ["608", "PH"], ["702", "SG"], ["704", "VN"], ["764", "TH"],
]);
