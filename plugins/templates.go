package plugins

import "pegasus/fault"

// Template is what a plugin may begin with.
type Template struct {
	ID    string
	Name  string
	About string // one sentence
	Files []File
}

// Templates returns what a plugin may begin with.
func (s *Service) Templates() []Template { return s.templates }

func (s *Service) template(id string) (Template, error) {
	for _, t := range s.templates {
		if t.ID == id {
			return t, nil
		}
	}
	return Template{}, fault.Field("template", "UNKNOWN_TEMPLATE", "There is no such template.")
}
