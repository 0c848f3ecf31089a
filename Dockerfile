# The webhook's image. From the project's root: docker build -t REGISTRY/keyfirst/webhook:TAG .
# NODE_IMAGE may be any image with Node 24 at /usr/local/bin/node, with or without a shell; BUILD_IMAGE needs npm.
ARG BUILD_IMAGE=node:24-bookworm-slim
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${BUILD_IMAGE} AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
# Not `npm ci`: it refuses a lock file without the packages of other platforms.
RUN npm install --no-save
COPY . .
RUN npm run build -- webhook

FROM ${NODE_IMAGE}
ENV NODE_ENV=production
COPY --from=build /build/dist/webhook/ /app/
WORKDIR /app
USER 65532:65532
ENTRYPOINT ["/usr/local/bin/node", "/app/main.js"]
