package ops

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// Costs are what is known of prices. A price of 0 is not known.
type Costs struct {
	PerHour        float64 // of the server
	StorageGBMonth float64 // of a gigabyte for a month
	Currency       string
	// Spend returns what models cost from one day to another ("2006-01-02"), and false where their price is not known.
	Spend func(ctx context.Context, first, last string) (spent float64, known bool, err error)
}

// CostFigures are what the server costs. What is nil is not known.
type CostFigures struct {
	Day      *float64 // a whole day of what is paid by time, and what models cost today
	Month    *float64 // the same of this month
	Trend    *string  // of models: the last seven days against the seven before
	Services []ServiceCost
	Storage  *int64 // bytes in the data directory
	Currency string
}

// ServiceCost is a part of what a month costs.
type ServiceCost struct {
	Service string
	Cost    float64
}

// The trends.
const (
	Rising  = "increasing"
	Falling = "decreasing"
	Steady  = "stable"
)

const (
	gigabyte = 1e9 // as storage is sold
	dayForm  = "2006-01-02"
	// trendMargin is by how much a week must differ from the one before to be called another.
	trendMargin = 0.1
)

// ReadCosts works out what the server costs.
func (s *Service) ReadCosts(ctx context.Context) (CostFigures, error) {
	now := s.Now().UTC()
	f := CostFigures{Currency: s.Currency, Services: []ServiceCost{}}
	s.mu.Lock()
	if size := s.size; size >= 0 {
		f.Storage = &size
	}
	s.mu.Unlock()
	days := float64(time.Date(now.Year(), now.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day())
	add := func(service string, day, month float64) {
		f.Day, f.Month = sum(f.Day, day), sum(f.Month, month)
		f.Services = append(f.Services, ServiceCost{service, month})
	}
	if s.PerHour > 0 {
		add("Server", s.PerHour*24, s.PerHour*24*days)
	}
	if s.StorageGBMonth > 0 && f.Storage != nil {
		month := s.StorageGBMonth * float64(*f.Storage) / gigabyte
		add("Storage", month/days, month)
	}
	day := func(back int) string { return now.AddDate(0, 0, -back).Format(dayForm) }
	month, known, err := s.Spend(ctx, now.Format("2006-01")+"-01", day(0))
	if err != nil || !known {
		return f, err
	}
	today, _, err := s.Spend(ctx, day(0), day(0))
	if err != nil {
		return f, err
	}
	add("AI models", today, month)
	week, _, err := s.Spend(ctx, day(6), day(0))
	if err != nil {
		return f, err
	}
	before, _, err := s.Spend(ctx, day(13), day(7))
	f.Trend = trend(before, week)
	slices.SortFunc(f.Services, func(a, b ServiceCost) int { return cmp.Compare(b.Cost, a.Cost) })
	return f, err
}

func sum(a *float64, b float64) *float64 {
	if a != nil {
		b += *a
	}
	return &b
}

func trend(before, after float64) *string {
	way := Steady
	switch {
	case after > before*(1+trendMargin):
		way = Rising
	case after < before*(1-trendMargin):
		way = Falling
	}
	return &way
}
