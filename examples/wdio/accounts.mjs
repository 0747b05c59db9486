/** The shop's test accounts. There are no more of them: that is the whole trouble. */
export const accounts = [
  { name: 'anna', password: 'quiet-harbour-41' },
  { name: 'ben', password: 'paper-lantern-07' },
];
