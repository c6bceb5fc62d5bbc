import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { adapter } from '../infra/adapter.js';
export const impure = [Injectable, DataSource, adapter];
