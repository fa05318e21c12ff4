// Products of a matrix and a vector. T is f64 or f32.

/** Sum of the lanes. */
function total<T>(x: v128): T {
  if (sizeof<T>() === 8) return <T>(f64x2.extract_lane(x, 0) + f64x2.extract_lane(x, 1));
  return <T>(
    (f32x4.extract_lane(x, 0) + f32x4.extract_lane(x, 1) + (f32x4.extract_lane(x, 2) + f32x4.extract_lane(x, 3)))
  );
}

function put<T>(y: usize, value: T, beta: T): void {
  store<T>(y, beta === <T>0 ? value : beta * load<T>(y) + value);
}

/** y ← alpha·A·x + beta·y for A (m×n) with rows lda numbers apart; y's numbers are `incy` apart. Four rows at a time. */
export function gemvRows<T>(
  m: i32,
  n: i32,
  alpha: T,
  a: usize,
  lda: i32,
  x: usize,
  beta: T,
  y: usize,
  incy: i32,
): void {
  const size = sizeof<T>();
  const ld = <usize>lda * size;
  const step = <usize>incy * size;
  const whole = (<usize>n * size) & ~15;
  const bytes = <usize>n * size;
  let i = 0;
  for (; i + 3 < m; i += 4) {
    const a1 = a + ld;
    const a2 = a1 + ld;
    const a3 = a2 + ld;
    let s0 = f64x2.splat(0);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    let o: usize = 0;
    for (; o < whole; o += 16) {
      const v = v128.load(x + o);
      s0 = v128.add<T>(s0, v128.mul<T>(v128.load(a + o), v));
      s1 = v128.add<T>(s1, v128.mul<T>(v128.load(a1 + o), v));
      s2 = v128.add<T>(s2, v128.mul<T>(v128.load(a2 + o), v));
      s3 = v128.add<T>(s3, v128.mul<T>(v128.load(a3 + o), v));
    }
    let t0 = total<T>(s0);
    let t1 = total<T>(s1);
    let t2 = total<T>(s2);
    let t3 = total<T>(s3);
    for (; o < bytes; o += size) {
      const v = load<T>(x + o);
      t0 += load<T>(a + o) * v;
      t1 += load<T>(a1 + o) * v;
      t2 += load<T>(a2 + o) * v;
      t3 += load<T>(a3 + o) * v;
    }
    put<T>(y, alpha * t0, beta);
    put<T>(y + step, alpha * t1, beta);
    put<T>(y + 2 * step, alpha * t2, beta);
    put<T>(y + 3 * step, alpha * t3, beta);
    a += 4 * ld;
    y += 4 * step;
  }
  for (; i < m; i++) {
    let s = f64x2.splat(0);
    let o: usize = 0;
    for (; o < whole; o += 16) s = v128.add<T>(s, v128.mul<T>(v128.load(a + o), v128.load(x + o)));
    let t = total<T>(s);
    for (; o < bytes; o += size) t += load<T>(a + o) * load<T>(x + o);
    put<T>(y, alpha * t, beta);
    a += ld;
    y += step;
  }
}

/** y ← alpha·Aᵀ·x + beta·y for A (m×n) with rows lda numbers apart; x's numbers are `incx` apart. Four rows at a time. */
export function gemvColumns<T>(
  m: i32,
  n: i32,
  alpha: T,
  a: usize,
  lda: i32,
  x: usize,
  incx: i32,
  beta: T,
  y: usize,
): void {
  const size = sizeof<T>();
  const ld = <usize>lda * size;
  const step = <usize>incx * size;
  const bytes = <usize>n * size;
  const whole = bytes & ~15;
  if (beta !== <T>1)
    for (let o: usize = 0; o < bytes; o += size) store<T>(y + o, beta === <T>0 ? <T>0 : beta * load<T>(y + o));
  let i = 0;
  for (; i + 3 < m; i += 4) {
    const a1 = a + ld;
    const a2 = a1 + ld;
    const a3 = a2 + ld;
    const t0 = alpha * load<T>(x);
    const t1 = alpha * load<T>(x + step);
    const t2 = alpha * load<T>(x + 2 * step);
    const t3 = alpha * load<T>(x + 3 * step);
    const x0 = v128.splat<T>(t0);
    const x1 = v128.splat<T>(t1);
    const x2 = v128.splat<T>(t2);
    const x3 = v128.splat<T>(t3);
    let o: usize = 0;
    for (; o < whole; o += 16) {
      const left = v128.add<T>(v128.mul<T>(v128.load(a + o), x0), v128.mul<T>(v128.load(a1 + o), x1));
      const right = v128.add<T>(v128.mul<T>(v128.load(a2 + o), x2), v128.mul<T>(v128.load(a3 + o), x3));
      v128.store(y + o, v128.add<T>(v128.load(y + o), v128.add<T>(left, right)));
    }
    for (; o < bytes; o += size)
      store<T>(
        y + o,
        load<T>(y + o) + (load<T>(a + o) * t0 + load<T>(a1 + o) * t1 + (load<T>(a2 + o) * t2 + load<T>(a3 + o) * t3)),
      );
    a += 4 * ld;
    x += 4 * step;
  }
  for (; i < m; i++) {
    const t = alpha * load<T>(x);
    const v = v128.splat<T>(t);
    let o: usize = 0;
    for (; o < whole; o += 16) v128.store(y + o, v128.add<T>(v128.load(y + o), v128.mul<T>(v128.load(a + o), v)));
    for (; o < bytes; o += size) store<T>(y + o, load<T>(y + o) + load<T>(a + o) * t);
    a += ld;
    x += step;
  }
}
