# The whole program in an image with nothing else in it: no shell, no package manager, not root.
#   docker build -t pegasus .
#   docker run -p 8080:8080 -v pegasus:/data -e APP_URL=https://chat.example.com pegasus
FROM node:22-bookworm-slim AS node

FROM golang:1.26-bookworm AS build
COPY --from=node /usr/local/ /usr/local/
WORKDIR /src
COPY package.json package-lock.json go.mod go.sum ./
RUN npm ci --no-audit --no-fund --silent && touch node_modules/.installed && go mod download
COPY . .
ARG VERSION=container
# Without C the program is static, and every wall around plugins stands (plugins/jail).
RUN CGO_ENABLED=0 make build VERSION="$VERSION" && install -d -m 0700 -o 65532 -g 65532 /empty

FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /src/bin/pegasus /pegasus
# A named volume takes its owner from here.
COPY --from=build --chown=65532:65532 /empty /data
COPY --from=build --chown=65532:65532 /empty /backups
ENV HOST=0.0.0.0 PORT=8080 DATA_DIR=/data APP_ENV=production
VOLUME /data
EXPOSE 8080
# The data directory is all that is written to: the rest may be read-only.
HEALTHCHECK --interval=30s --timeout=6s --start-period=60s CMD ["/pegasus", "health"]
ENTRYPOINT ["/pegasus"]
CMD ["serve"]
