/** The shop's five test accounts. Staging has no more of them: that is the whole trouble. */
export const accounts = [
  { name: 'anna', password: 'quiet-harbour-41' },
  { name: 'ben', password: 'paper-lantern-07' },
  { name: 'carla', password: 'winter-orchard-88' },
  { name: 'david', password: 'copper-kettle-19' },
  { name: 'ella', password: 'narrow-bridge-63' },
];
