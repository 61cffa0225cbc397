// The report's numbers once more, straight from the published files, sharing nothing with the jobs of `examples/warehouse`.
// In: a day. Out: what the report must say. Where the jobs carry totals, stretch tables and rank by partitions, this counts anew
// over the whole history, in integers (tenths of a degree or millimetre), so that an error of one is not repeated in the other.

import { readFileSync } from 'node:fs';

type Day = Readonly<{ dt: string; rain: number; max: number; min: number }>;
type Hour = Readonly<{ day: string; hour: number; temperature: number }>;

/** The report's numbers of a day; temperatures and totals in their unit, not in tenths. */
export type Numbers = Readonly<Record<string, number>>;

const COMFORT = 180;
const WET = 10;
const HOT = 25;

const lines = (file: string): readonly (readonly string[])[] =>
  readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','));

const tenths = (text: string | undefined): number => Math.round(Number(text) * 10);
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** A second opinion on the two files of `data`. */
export function secondLook(data: string) {
  const days: readonly Day[] = lines(`${data}/seattle-weather.csv`).map(([date, rain, max, min]) => ({
    dt: date!.replaceAll('-', ''),
    rain: tenths(rain),
    max: tenths(max),
    min: tenths(min),
  }));
  const hours: readonly Hour[] = lines(`${data}/seattle-weather-hourly-normals.csv`).map(([stamp, , temperature]) => ({
    day: stamp!.slice(5, 10).replace('-', ''),
    hour: Number(stamp!.slice(11, 13)),
    temperature: tenths(temperature),
  }));

  /** The normal temperatures of a day by hour, in tenths; the file lacks the leap day and the first hour of the year. */
  function normals(dt: string): readonly number[] {
    const day = dt.endsWith('0229') ? '0228' : dt.slice(4);
    const found = hours.filter((hour) => hour.day === day);
    const at = (hour: number) => found.find((one) => one.hour === hour)?.temperature;
    return Array.from({ length: 24 }, (_, hour) => (at(hour) ?? at(hour + 1))!);
  }

  function numbers(dt: string): Numbers {
    const year = days.filter((day) => day.dt.slice(0, 4) === dt.slice(0, 4) && day.dt <= dt);
    const today = year.at(-1)!;
    const usual = normals(dt);
    const [low, high] = [Math.min(...usual), Math.max(...usual)];
    const off = today.max + today.min - (high + low); // twice the anomaly, in tenths
    const lastWet = year.findLastIndex((day) => day.rain >= WET);
    // Twice the day's distance from the comfortable temperature, in tenths; above zero it must be heated.
    const heat = year.map((day) => 2 * COMFORT - day.max - day.min);
    const estimates = usual.map(
      (normal) => (today.min * (high - normal) + today.max * (normal - low)) / (10 * (high - low)),
    );
    return {
      max: today.max / 10,
      min: today.min / 10,
      mean: (today.max + today.min) / 20,
      normal_max: high / 10,
      normal_min: low / 10,
      normal_mean: (high + low) / 20,
      anomaly: off / 20,
      warmest_rank: 1 + year.filter((day) => day.max > today.max).length,
      days: year.length,
      hot_hours: estimates.filter((degrees) => degrees >= HOT - 1e-9).length,
      rain: today.rain / 10,
      rain_total: sum(year.map((day) => day.rain)) / 10,
      wet_days: year.filter((day) => day.rain >= WET).length,
      dry_spell: year.length - 1 - lastWet,
      hdd_total: sum(heat.filter((value) => value > 0)) / 20,
      cdd_total: sum(heat.filter((value) => value < 0)) / -20,
    };
  }

  /** What is to be expected in an hour of `today`: its normal and the anomaly of the day before. */
  const expected = (today: string, hour: number, yesterday: string): number =>
    normals(today)[hour]! / 10 + numbers(yesterday).anomaly!;

  return { days: days.map((day) => day.dt), numbers, expected };
}
