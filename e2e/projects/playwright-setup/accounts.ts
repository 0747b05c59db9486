export enum Role {
  Buyer = 'buyer',
}

export const accounts: { user: string; role: Role }[] = [
  { user: 'ann', role: Role.Buyer },
  { user: 'bob', role: Role.Buyer },
];
