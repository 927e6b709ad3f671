// Keeps the page's files, so that it works without a network. `build` writes VERSION and FILES above.
const NAME = `deshi-${VERSION}`;

addEventListener("install", (event) => {
    const fill = async () => {
        const cache = await caches.open(NAME);
        // From the server: the browser's own cache may hold files of another version.
        await cache.addAll(FILES.map((file) => new Request(file, { cache: "reload" })));
        await skipWaiting();
    };
    event.waitUntil(fill());
});

addEventListener("activate", (event) => {
    const clean = async () => {
        const old = (await caches.keys()).filter((name) => name.startsWith("deshi-") && name !== NAME);
        await Promise.all(old.map((name) => caches.delete(name)));
        await clients.claim();
    };
    event.waitUntil(clean());
});

addEventListener("fetch", (event) => {
    if (event.request.method !== "GET" || new URL(event.request.url).origin !== location.origin) {
        return;
    }
    const answer = async () => {
        const cache = await caches.open(NAME);
        return (await cache.match(event.request, { ignoreSearch: true })) ?? fetch(event.request);
    };
    event.respondWith(answer());
});
