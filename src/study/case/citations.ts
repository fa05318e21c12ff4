/** Keys of docs/references.bib. */
type Keys = readonly string[];
type ByName = Readonly<Record<string, Keys>>;

/** What the library itself is cited by: it, and the paper whose system it re-creates. */
export const libraryKeys: Keys = ["Onda", "Cheng2025"];

/** Names without a paper of their own are the library's. */
const own: Keys = ["Onda"];

/** Who published what a name of the format stands for, by the kind of name. */
export const namedKeys: {
  readonly models: ByName;
  readonly methods: ByName;
  readonly minimizers: ByName;
  readonly covariances: ByName;
} = {
  models: {
    lorenz63: ["Lorenz1963"],
    lorenz84: ["Lorenz1984"],
    lorenz96: ["Lorenz1996", "LorenzEmanuel1998"],
    "kuramoto-sivashinsky": ["KassamTrefethen2005", "CoxMatthews2002"],
    "shallow-water": ["Sadourny1975", "ArakawaLamb1977"],
    linear: own,
    identity: own,
    onnx: ["Cheng2025"],
    module: own,
  },
  methods: {
    none: own,
    climatology: own,
    kalman: ["Kalman1960"],
    "extended-kalman": ["Jazwinski1970"],
    "constant-covariance-kalman": ["Cheng2025"],
    enkf: ["Evensen1994", "Burgers1998"],
    etkf: ["Bishop2001", "Hunt2007"],
    ensrf: ["WhitakerHamill2002", "Potter1963"],
    denkf: ["SakovOke2008"],
    "enkf-n": ["Bocquet2011", "Raanes2019"],
    letkf: ["Hunt2007", "SakovBertino2011"],
    eakf: ["Anderson2001", "Anderson2003"],
    "rank-histogram": ["Anderson2010"],
    particle: ["Gordon1993"],
    "unscented-kalman": ["JulierUhlmann2004", "VanDerMerweWan2001"],
    rts: ["Rauch1965"],
    enks: ["EvensenVanLeeuwen2000"],
    ienks: ["BocquetSakov2014"],
    "es-mda": ["EmerickReynolds2013"],
    "optimal-interpolation": ["Gandin1963"],
    "3dvar": ["Lorenc1986"],
    "4dvar": ["LeDimet1986", "Talagrand1987"],
    "etkf-3dvar": ["Wang2008", "HamillSnyder2000"],
    en4dvar: ["Zhang2009", "Buehner2010", "Clayton2013"],
    "4denvar": ["Liu2008", "Desroziers2014"],
    eda: ["Houtekamer1996", "Isaksen2010"],
    "hybrid-gain": ["Penny2014"],
  },
  minimizers: {
    lbfgs: ["LiuNocedal1989", "HagerZhang2005"],
    "gauss-newton": ["Courtier1994", "Tshimanga2008"],
    cg: ["HagerZhang2005"],
    adam: ["KingmaBa2015"],
    adamw: ["LoshchilovHutter2019"],
    sgd: ["Polyak1964"],
  },
  covariances: {
    spectral: ["DietrichNewsam1997"],
    diffusion: ["WeaverCourtier2001", "Guillet2019"],
    leading: ["Robert2005", "Lanczos1950"],
    correlation: ["Stein1999"],
    "low-rank": ["GolubVanLoan2013"],
    ensemble: ["Lorenc2003", "Buehner2005"],
    kronecker: ["VanLoan2000"],
    block: own,
    sum: ["HamillSnyder2000"],
    scaled: own,
  },
};

/** What a key's value is cited by, if that isn't its default of doing nothing; `beside`: the mapping that the key stands in. */
type Rule = (value: unknown, beside: Readonly<Record<string, unknown>>) => Keys | undefined;

const whenTrue =
  (...keys: string[]): Rule =>
  (value) =>
    value === undefined || value === false ? undefined : keys;
const byValue =
  (table: ByName): Rule =>
  (value) =>
    typeof value === "string" ? table[value] : undefined;

/** Keys of the format whose values have a paper, wherever they stand. */
export const optionRules: Readonly<Record<string, Rule>> = {
  scheme: whenTrue("HairerNorsettWanner1993"),
  kind: byValue({
    matern: ["Stein1999"],
    "gaspari-cohn": ["GaspariCohn1999"],
    anderson: ["Anderson2009"],
    gharamti: ["Gharamti2018"],
  }),
  function: byValue({ "gaspari-cohn": ["GaspariCohn1999"] }),
  localization: (value, { name }) => (value === undefined || name !== "enkf" ? undefined : ["HoutekamerMitchell2001"]),
  interpolation: (value) => (value === 1 ? undefined : ["Yang2009"]),
  samplingErrorCorrection: whenTrue("Anderson2012"),
  shrinkage: whenTrue("LedoitWolf2004"),
  adaptiveInflation: (value) => (value === true ? ["Anderson2009"] : undefined),
  additiveInflation: whenTrue("MitchellHoutekamer2000"),
  modelErrors: byValue({ "square-root": ["Raanes2015"] }),
  rotate: whenTrue("SakovOke2008b"),
  rtps: whenTrue("WhitakerHamill2012"),
  rtpp: whenTrue("Zhang2004"),
  prior: byValue({ corrected: ["Bocquet2015"] }),
  proposal: byValue({ optimal: ["Doucet2000", "Snyder2015"], enkf: ["Papadakis2010"] }),
  resampling: byValue({
    systematic: ["Kitagawa1996"],
    stratified: ["DoucCappe2005"],
    residual: ["DoucCappe2005"],
  }),
  jitter: (value, { proposal }) =>
    value === 0 || (value === "auto" && proposal !== "bootstrap") ? undefined : ["Silverman1986", "Musso2001"],
  weights: whenTrue("BocquetSakov2014"),
  incremental: whenTrue("Courtier1994"),
  robust: whenTrue("Huber1964"),
  bias: whenTrue("Dee2005", "DerberWu1998"),
  posterior: whenTrue("FisherCourtier1995", "Lanczos1950"),
  weak: whenTrue("Tremolet2006"),
  fgat: whenTrue("FisherAndersson2001"),
  minimizer: (value, { incremental }) =>
    value === undefined ? namedKeys.minimizers[incremental === true ? "gauss-newton" : "lbfgs"] : undefined,
};
