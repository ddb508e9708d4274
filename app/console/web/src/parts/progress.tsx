interface ProgressProps {
  done: number;
  of: number;
  name: string;
}

/** How far something is; without an end in sight it says only that it goes on. */
export function Progress({ done, of, name }: ProgressProps) {
  return of > 0 ? (
    <progress value={Math.min(done, of)} max={of} aria-label={`${name}: ${done} of ${of}`} />
  ) : (
    <progress aria-label={`${name}: at work`} />
  );
}
