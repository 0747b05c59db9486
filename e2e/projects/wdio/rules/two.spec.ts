import { meet } from './meeting.ts';

meet('two', 'one');
