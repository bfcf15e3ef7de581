// Writes wide.gob: results whose struct has a field of every kind that Vegeta's lacks, some of
// types that are defined amid a result. `go run wide.go > wide.gob`, with Go 1.19.
package main

import (
	"encoding/gob"
	"net/http"
	"os"
	"time"
)

type Inner struct {
	A    int
	Next *Inner
}

type Shape interface{ Area() float64 }

type Square struct {
	Side float64
	More Shape
	In   Inner
}

type Circle struct {
	R    complex128
	Name string
}

func (s Square) Area() float64 { return s.Side * s.Side }
func (c Circle) Area() float64 { return real(c.R) }

type Wide struct {
	Flag      bool
	Float     float32
	Complex   complex64
	Array     [3]int16
	Bytes     [4]byte
	Slice     []Inner
	Headers   http.Header
	Map       map[string][]Inner
	Inner     Inner
	Any       interface{}
	Shape     Shape
	Shapes    []Shape
	When      time.Time
	Timestamp time.Time
	Code      uint16
	URL       string
	Latency   time.Duration
	Pointer   *uint8
}

func main() {
	gob.Register(Square{})
	gob.Register(Circle{})
	gob.Register(map[string]int{})
	zone := time.FixedZone("", 5*3600+53*60+28)
	pointed := uint8(9)
	wide := Wide{
		Flag: true, Float: 2.5, Complex: 1 + 2i, Array: [3]int16{1, -2, 300}, Bytes: [4]byte{1, 2, 3, 4},
		Slice: []Inner{{A: 1, Next: &Inner{A: 2}}, {}}, Map: map[string][]Inner{"k": {{A: -1}}},
		Headers: http.Header{"B": {"1", ""}, "A": {"2"}}, Inner: Inner{A: 5}, Pointer: &pointed,
		Any: map[string]int{"x": 1}, When: time.Unix(5, 6), URL: "http://127.0.0.1/",
	}
	shapes := []Shape{
		Circle{R: 1 + 1i, Name: "c"},
		Circle{Name: "d"},
		Square{Side: 2, More: Square{Side: 3, More: Circle{Name: "deep"}}},
	}
	encoder := gob.NewEncoder(os.Stdout)
	for i, shape := range shapes {
		wide.Shape = shape
		wide.Shapes = []Shape{Circle{R: 2}, nil, shape}
		wide.Code = uint16(200 + i)
		wide.Latency = time.Duration(1000 * (i + 1))
		wide.Timestamp = time.Unix(1795180206+int64(i), 240727031).In(zone)
		if err := encoder.Encode(wide); err != nil {
			panic(err)
		}
	}
}
