package sqlite

import "context"

// ProfileValues implements accounts.Store.
func (s *Store) ProfileValues(ctx context.Context, userID string) (map[string]string, error) {
	values := map[string]string{}
	_, err := list(ctx, s.reads[readProfile], func(r row) (none struct{}, err error) {
		var field, value string
		if err = r.Scan(&field, &value); err == nil {
			values[field] = value
		}
		return none, err
	}, userID)
	return values, err
}

// SetProfileValues implements accounts.Store.
func (s *Store) SetProfileValues(ctx context.Context, userID string, values map[string]string) error {
	return s.writer.write(ctx, func(b *batch) error {
		for field, value := range values {
			var err error
			if value == "" {
				err = b.exec(deleteProfileValue, userID, field)
			} else {
				err = b.exec(putProfileValue, userID, field, value)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// DropProfileField implements accounts.Store.
func (s *Store) DropProfileField(ctx context.Context, fieldID string) error {
	return s.writer.write(ctx, func(b *batch) error { return b.exec(dropProfileField, fieldID) })
}
