# The images of both programs. From the project's root:
#   docker build -t REGISTRY/keyfirst/webhook:TAG --build-arg PROGRAM=webhook .
#   docker build -t REGISTRY/keyfirst/injector:TAG --build-arg PROGRAM=injector .
# What ships is Node, the libraries that it loads and the program: no shell, no package manager, nothing of BUILD_IMAGE besides. BUILD_IMAGE needs
# npm, and GCC or apt to install it.
ARG BUILD_IMAGE=node:24-bookworm-slim

FROM ${BUILD_IMAGE} AS build
# For the programs in C, which run on the platform that this image is for.
RUN command -v cc || { apt-get update && apt-get install --yes --no-install-recommends gcc libc6-dev; }
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
# Not `npm ci`: it refuses a lock file without the packages of other platforms.
RUN npm install --no-save
COPY . .
ARG PROGRAM
RUN npm run rootfs -- ${PROGRAM}

FROM scratch
COPY --from=build /build/dist/rootfs/ /
ENV NODE_ENV=production
WORKDIR /app
USER 65532:65532
ENTRYPOINT ["/usr/local/bin/node", "/app/main.js"]
