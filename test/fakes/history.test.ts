// The fake keeps the contract of the port.

import { historyContract } from '../contract/history.ts';
import { createHistory } from './history.ts';

historyContract('the fake', createHistory);
