package main

import "testing"

func TestWithoutAPriceNothingIsSaidOfCosts(t *testing.T) {
	f, err := opened(t).ops.ReadCosts(t.Context())
	if err != nil || f.Day != nil || f.Month != nil || f.Trend != nil || len(f.Services) > 0 {
		t.Errorf("%+v, %v", f, err)
	}
	f, err = opened(t, "AI_INPUT_PRICE=1").ops.ReadCosts(t.Context())
	if err != nil || f.Day == nil || *f.Day != 0 || f.Trend == nil {
		t.Errorf("with a price of models: %+v, %v", f, err)
	}
	f, err = opened(t, "COST_PER_HOUR=2").ops.ReadCosts(t.Context())
	if err != nil || f.Day == nil || *f.Day != 48 || len(f.Services) != 1 {
		t.Errorf("with a price of the server: %+v, %v", f, err)
	}
}
