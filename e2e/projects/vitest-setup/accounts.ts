export const accounts = [{ user: 'ann' }, { user: 'bob' }];
