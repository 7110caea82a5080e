package guard

import "strings"

// dimension is what a unit measures. Units of one dimension convert.
type dimension uint8

const (
	noUnit    dimension = iota
	ratio               // of one: percent
	duration            // seconds
	calendar            // months; no fixed number of seconds
	data                // bits
	dataRate            // bits per second
	length              // metres
	speed               // metres per second
	frequency           // hertz
	decibel
	watt
	volt
	degree
	dollar
	euro
	pound
)

// measure is a unit of measurement: a value times factor is in the dimension's
// base unit. The zero measure is none.
type measure struct {
	dim    dimension
	factor float64
	// symbol: so short that it counts only behind digits.
	symbol bool
}

// perSecond returns the unit of a rate, if it is one.
func (u measure) perSecond() measure {
	switch u.dim {
	case data:
		u.dim = dataRate
	case length:
		u.dim = speed
	}
	return u
}

// symbols are units as they are written, in any language. Case tells them
// apart: Mb and MB, ms and Ms.
var symbols = map[string]measure{
	"%": {dim: ratio, factor: 0.01}, "‰": {dim: ratio, factor: 0.001},
	"°": {dim: degree, factor: 1}, "$": {dim: dollar, factor: 1}, "€": {dim: euro, factor: 1}, "£": {dim: pound, factor: 1},
	"ps": {dim: duration, factor: 1e-12}, "ns": {dim: duration, factor: 1e-9}, "µs": {dim: duration, factor: 1e-6},
	"us": {dim: duration, factor: 1e-6, symbol: true}, "ms": {dim: duration, factor: 1e-3}, "s": {dim: duration, factor: 1, symbol: true},
	"sec": {dim: duration, factor: 1}, "secs": {dim: duration, factor: 1}, "min": {dim: duration, factor: 60, symbol: true},
	"h": {dim: duration, factor: 3600, symbol: true}, "hr": {dim: duration, factor: 3600}, "hrs": {dim: duration, factor: 3600},
	"b": {dim: data, factor: 1, symbol: true}, "B": {dim: data, factor: 8, symbol: true},
	"nm": {dim: length, factor: 1e-9}, "µm": {dim: length, factor: 1e-6}, "mm": {dim: length, factor: 1e-3},
	"cm": {dim: length, factor: 1e-2}, "m": {dim: length, factor: 1, symbol: true}, "km": {dim: length, factor: 1e3},
	"ft": {dim: length, factor: 0.3048, symbol: true},
	"Hz": {dim: frequency, factor: 1}, "kHz": {dim: frequency, factor: 1e3}, "MHz": {dim: frequency, factor: 1e6}, "GHz": {dim: frequency, factor: 1e9},
	"dB": {dim: decibel, factor: 1}, "dBm": {dim: decibel, factor: 1},
	"mW": {dim: watt, factor: 1e-3}, "W": {dim: watt, factor: 1, symbol: true}, "kW": {dim: watt, factor: 1e3},
	"mV": {dim: volt, factor: 1e-3}, "V": {dim: volt, factor: 1, symbol: true},
}

// prefixes of the SI, by symbol and by name. Those of data may also be powers
// of 1024: a quantity of data in them has two values.
var prefixes = []struct {
	symbol, name string
	factor       float64
}{
	{"k", "kilo", 1e3}, {"M", "mega", 1e6}, {"G", "giga", 1e9}, {"T", "tera", 1e12}, {"P", "peta", 1e15},
}

func init() {
	for i, p := range prefixes {
		binary := 1.0
		for range i + 1 {
			binary *= 1024
		}
		for _, s := range []string{p.symbol, strings.ToUpper(p.symbol)} {
			for name, bits := range map[string]float64{"b": 1, "bit": 1, "bits": 1, "B": 8} {
				symbols[s+name] = measure{dim: data, factor: bits * p.factor}
			}
			for name, bits := range map[string]float64{"bps": 1, "bit/s": 1, "Bps": 8} {
				symbols[s+name] = measure{dim: dataRate, factor: bits * p.factor}
			}
			symbols[s+"iB"] = measure{dim: data, factor: 8 * binary}
			symbols[s+"ib"] = measure{dim: data, factor: binary}
		}
	}
	symbols["bps"] = measure{dim: dataRate, factor: 1}
}

// englishUnits are the units by name.
func englishUnits() map[string]measure {
	units := map[string]measure{
		"percent": {dim: ratio, factor: 0.01}, "%": {dim: ratio, factor: 0.01},
		"hertz": {dim: frequency, factor: 1}, "kilohertz": {dim: frequency, factor: 1e3},
		"megahertz": {dim: frequency, factor: 1e6}, "gigahertz": {dim: frequency, factor: 1e9},
		"baud": {dim: dataRate, factor: 1}, "mph": {dim: speed, factor: 0.44704},
	}
	plural := func(u measure, names ...string) {
		for _, n := range names {
			units[n], units[n+"s"] = u, u
		}
	}
	plural(measure{dim: duration, factor: 1e-12}, "picosecond")
	plural(measure{dim: duration, factor: 1e-9}, "nanosecond")
	plural(measure{dim: duration, factor: 1e-6}, "microsecond")
	plural(measure{dim: duration, factor: 1e-3}, "millisecond")
	plural(measure{dim: duration, factor: 1}, "second")
	plural(measure{dim: duration, factor: 60}, "minute")
	plural(measure{dim: duration, factor: 3600}, "hour")
	plural(measure{dim: duration, factor: 86400}, "day")
	plural(measure{dim: duration, factor: 7 * 86400}, "week")
	plural(measure{dim: calendar, factor: 1}, "month")
	plural(measure{dim: calendar, factor: 12}, "year")
	plural(measure{dim: calendar, factor: 120}, "decade")
	plural(measure{dim: calendar, factor: 1200}, "century")
	units["centuries"] = units["century"]
	plural(measure{dim: data, factor: 1}, "bit")
	plural(measure{dim: data, factor: 8}, "byte", "octet")
	for _, p := range prefixes {
		plural(measure{dim: data, factor: p.factor}, p.name+"bit")
		plural(measure{dim: data, factor: 8 * p.factor}, p.name+"byte")
	}
	plural(measure{dim: data, factor: 1e6}, "meg")
	plural(measure{dim: data, factor: 1e9}, "gig")
	for name, factor := range map[string]float64{"": 1, "kilo": 1e3, "centi": 1e-2, "milli": 1e-3, "micro": 1e-6, "nano": 1e-9} {
		plural(measure{dim: length, factor: factor}, name+"metre", name+"meter")
	}
	plural(measure{dim: length, factor: 0.9144}, "yard")
	plural(measure{dim: length, factor: 1609.344}, "mile")
	plural(measure{dim: length, factor: 0.0254}, "inch")
	units["inches"], units["foot"], units["feet"] = units["inch"], measure{dim: length, factor: 0.3048}, measure{dim: length, factor: 0.3048}
	plural(measure{dim: watt, factor: 1}, "watt")
	plural(measure{dim: watt, factor: 1e-3}, "milliwatt")
	plural(measure{dim: volt, factor: 1}, "volt")
	plural(measure{dim: decibel, factor: 1}, "decibel")
	plural(measure{dim: degree, factor: 1}, "degree")
	plural(measure{dim: dollar, factor: 1}, "dollar")
	plural(measure{dim: dollar, factor: 0.01}, "cent")
	plural(measure{dim: euro, factor: 1}, "euro")
	return units
}
