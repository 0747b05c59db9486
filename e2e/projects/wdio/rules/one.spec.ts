import { meet } from './meeting.ts';

meet('one', 'two');
