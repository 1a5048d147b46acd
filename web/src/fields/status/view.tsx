export { View } from "../choice/view.tsx";
