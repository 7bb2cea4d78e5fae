package api

import (
	"context"

	"pegasus/plugins"
)

type listAnyInstallsRequest struct {
	Limit  limit  `query:"limit" doc:"50 where it is left out"`
	Cursor string `query:"cursor" doc:"next_cursor of the page before"`
	Show   string `query:"show" enum:"waiting,active,off" doc:"Only what waits for an approval, works, or is off; all where it is left out"`
}

type anyInstall struct {
	Install     install `json:"install"`
	ChannelName string  `json:"channel_name"`
}

type anyInstallPage struct {
	Installs   []anyInstall `json:"installs" nullable:"false" doc:"The oldest first; none of direct conversations, which only those in them see"`
	NextCursor string       `json:"next_cursor,omitempty" doc:"There where another page follows"`
}

func (d *door) listAnyInstalls(ctx context.Context, in *listAnyInstallsRequest) (*reply[anyInstallPage], error) {
	found, err := readPage(ctx, in.Cursor, in.Limit.or(50), func(p plugins.Placed) string { return p.ID },
		func(ctx context.Context, after string, limit int) ([]plugins.Placed, error) {
			return d.Plugins.InstallsAnywhere(ctx, me(ctx), plugins.InstallShow(in.Show), after, limit)
		})
	if err != nil {
		return nil, err
	}
	out := anyInstallPage{Installs: make([]anyInstall, len(found.items)), NextCursor: found.next}
	for i, p := range found.items {
		out.Installs[i] = anyInstall{Install: newInstall(p), ChannelName: p.Channel.Name}
	}
	return ok(out)
}

func (d *door) approveAnyInstall(ctx context.Context, in *approveInstallRequest) (*reply[installReply], error) {
	_, err := d.Plugins.ApproveAnywhere(ctx, me(ctx), known(in.ID), in.Wish)
	return d.shown(ctx, known(in.ID), err)
}

func (d *door) switchAnyInstall(ctx context.Context, in *switchInstallRequest) (*reply[installReply], error) {
	_, err := d.Plugins.SwitchAnywhere(ctx, me(ctx), known(in.ID), in.Body.State == string(plugins.Active))
	return d.shown(ctx, known(in.ID), err)
}
