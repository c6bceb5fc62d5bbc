import { Injectable } from '@nestjs/common';
import { gateway } from './outward.service.js';
export const impure = [Injectable, gateway];
